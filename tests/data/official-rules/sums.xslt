<?xml version="1.0" encoding="UTF-8"?>
<!-- A sheet of our own in the manner of OIOUBL's: a successful report with the rule id in its text. -->
<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:svrl="http://purl.oclc.org/dsdl/svrl"
                xmlns:xs="http://www.w3.org/2001/XMLSchema"
                xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <xsl:template match="/">
    <svrl:schematron-output>
      <xsl:if test="xs:decimal(*/cbc:TotalAmount) != sum(*/cbc:Amount/xs:decimal(.))">
        <svrl:successful-report><svrl:text>[F-HOUSE03] The total is not the sum of its parts.</svrl:text></svrl:successful-report>
      </xsl:if>
      <xsl:if test="count(*/cbc:Amount) = 1">
        <svrl:successful-report><svrl:text>[W-HOUSE04] One part only.</svrl:text></svrl:successful-report>
      </xsl:if>
    </svrl:schematron-output>
  </xsl:template>
</xsl:stylesheet>
