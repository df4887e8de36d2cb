"""The only place that speaks to AWS and to the file formats of uploads."""
