select * from {{ ref('sales') }} where total < 0
