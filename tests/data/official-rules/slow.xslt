<?xml version="1.0" encoding="UTF-8"?>
<!-- Takes far longer than anybody waits: for the time limit. -->
<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:svrl="http://purl.oclc.org/dsdl/svrl">
  <xsl:template match="/">
    <svrl:schematron-output>
      <xsl:if test="some $n in 1 to 2000000000 satisfies $n * $n = -1"><svrl:text/></xsl:if>
    </svrl:schematron-output>
  </xsl:template>
</xsl:stylesheet>
