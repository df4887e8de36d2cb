{{ config(materialized='table', persist_docs={'relation': true, 'columns': true}) }}
select c.id, c.name, count(o.order_id) as orders, sum(o.amount) as total
from {{ ref('customers') }} c
left join {{ ref('order_lines') }} o on o.customer_id = c.id
group by 1, 2
