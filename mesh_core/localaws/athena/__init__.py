"""Athena: Trino SQL and Hive DDL, executed by DuckDB under Lake Formation's grants."""
