{{ config(materialized='table', bucketed_by=['id'], bucket_count=2) }}
select id, name from {{ ref('customers') }}
