{{ config(materialized='table', contract={'enforced': true}) }}
with ids as (select id from {{ ref('customers') }})
select count(*) as customers from ids
