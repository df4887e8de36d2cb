"""Lake Formation: LF-tags, grants, filters, and the decision who reads which columns and rows."""
