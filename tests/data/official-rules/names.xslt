<?xml version="1.0" encoding="UTF-8"?>
<!-- A sheet of our own in the manner of EN 16931's: a failed assert with id and flag. -->
<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:svrl="http://purl.oclc.org/dsdl/svrl"
                xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <xsl:template match="/">
    <svrl:schematron-output>
      <xsl:if test="not(normalize-space(*/cbc:ID))">
        <svrl:failed-assert id="HOUSE-01" flag="fatal"><svrl:text>The invoice has no number.</svrl:text></svrl:failed-assert>
      </xsl:if>
      <xsl:if test="not(*/cbc:Note)">
        <svrl:failed-assert id="HOUSE-02" flag="warning"><svrl:text>A note is usual.</svrl:text></svrl:failed-assert>
      </xsl:if>
    </svrl:schematron-output>
  </xsl:template>
</xsl:stylesheet>
