{{ config(materialized='table', lf_grants={'data_cell_filters': {'enabled': true, 'filters': {
    'names': {'row_filter': 'id > 1', 'column_names': ['id'], 'principals': [env_var('READER_ARN')]},
}}}) }}
select id, name from {{ ref('customers') }}
