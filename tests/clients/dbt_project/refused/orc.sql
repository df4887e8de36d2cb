{{ config(materialized='table', format='orc') }}
select id, name from {{ ref('customers') }}
