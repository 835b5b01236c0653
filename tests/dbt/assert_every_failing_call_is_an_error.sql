-- ... and every error that is not an orphan's is a failing call.
with

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

fct_errors as (

    select * from {{ ref('fct_errors') }}

),

errors as (

    select
        conversation_id,
        turn_index,
        block_index,
        class
    from fct_errors

),

compared as (

    select
        conversation_id,
        turn_index,
        block_index,
        fct_tool_calls.is_error,
        errors.class
    from fct_tool_calls
    left join errors using (conversation_id, turn_index, block_index)

)

select * from compared
where is_error is distinct from (class is not null)
