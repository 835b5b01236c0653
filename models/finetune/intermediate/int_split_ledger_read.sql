-- The split that each conversation was given before (TRACEHOUSE_SPLITS, a Parquet file
-- of the home); no row where nothing was built yet.
with

{% if env_var('TRACEHOUSE_SPLITS', '') %}
ledger as (

    select * from {{ source('home', 'finetune_splits') }}

),
{% else %}
ledger as (

    select
        cast(null as {{ dbt.type_string() }}) as conversation_id,
        cast(null as {{ dbt.type_string() }}) as split
    where false

),
{% endif %}
read as (

    select
        conversation_id,
        split
    from ledger

)

select * from read
