{{ config(
    materialized='table',
    format='json',
    partitioned_by=['country'],
    lf_tags_config={
        'enabled': true,
        'tags': {'domain': 'shop'},
        'tags_columns': {'pii': {'true': ['name']}},
        'inherited_tags': ['domain'],
    },
    lf_grants={'data_cell_filters': {'enabled': true, 'filters': {
        'germans': {'row_filter': "country = 'de'", 'principals': [env_var('READER_ARN')]},
    }}},
) }}
select id, name, country from {{ ref('customers') }}
