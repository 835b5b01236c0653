-- Records that could not become conversations.
{{ config(
    severity='warn',
    tags=['input'],
    meta={'counts': 'records that could not become conversations'}
) }}

with

fct_rejects as (

    select * from {{ ref('fct_rejects') }}

),

found as (

    select
        file_id,
        position,
        path,
        reason,
        detail
    from fct_rejects

)

select * from found
