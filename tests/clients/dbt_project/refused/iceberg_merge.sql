{{ config(materialized='incremental', table_type='iceberg', incremental_strategy='merge', unique_key='id') }}
select id, name from {{ ref('customers') }}
