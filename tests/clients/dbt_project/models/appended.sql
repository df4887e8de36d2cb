{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns') }}
select order_id, amount {% if is_incremental() %}, day {% endif %}
from {{ ref('order_lines') }}
{% if is_incremental() %} where order_id > (select max(order_id) from {{ this }}) {% endif %}
