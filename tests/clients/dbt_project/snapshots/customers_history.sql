{% snapshot customers_history %}
{{ config(strategy='check', unique_key='id', check_cols=['country'], target_schema='shop') }}
select id, name, country from {{ ref('customers') }}
{% endsnapshot %}
