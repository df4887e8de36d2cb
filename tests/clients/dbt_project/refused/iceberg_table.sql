{{ config(materialized='table', table_type='iceberg', s3_data_naming='table_unique') }}
select id, name from {{ ref('customers') }}
