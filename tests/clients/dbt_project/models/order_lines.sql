{{ config(materialized='view') }}
select order_id, customer_id, cast(amount as decimal(10, 2)) as amount, cast(day as date) as day
from {{ ref('orders') }}
