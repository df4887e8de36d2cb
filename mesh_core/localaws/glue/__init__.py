"""The Glue Data Catalog: databases, tables, partitions."""
