{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partitioned_by=['day']) }}
select order_id, amount, day from {{ ref('order_lines') }}
{% if is_incremental() %} where day >= date '2024-05-02' {% endif %}
