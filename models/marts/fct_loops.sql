-- Runs of steps that are like the one before (a repeat), or like the one before that
-- and not the one before (an alternation). A run begins one or two steps before the
-- first that is like another. A-B-A is not yet a loop, A-B-A-B is.
with

int_steps_compared as (

    select * from {{ ref('int_steps_compared') }}

),

fct_steps as (

    select * from {{ ref('fct_steps') }}

),

likened as (

    select
        conversation_id,
        exchange_index,
        step_index,
        step_number,
        case
            when is_like_previous then 'repeat'
            when is_like_second_previous then 'alternation'
            else 'none'
        end as kind
    from int_steps_compared

),

-- in a run of one kind, the steps counted in all and of this kind go in step
marked as (

    select
        conversation_id,
        exchange_index,
        step_number,
        kind,
        step_number - row_number() over (
            partition by conversation_id, exchange_index, kind order by step_index
        ) as run_number
    from likened

),

runs as (

    select
        conversation_id,
        exchange_index,
        kind,
        min(step_number) - case kind when 'repeat' then 1 else 2 end
            as first_step_number,
        max(step_number) as last_step_number
    from marked
    where kind <> 'none'
    group by conversation_id, exchange_index, kind, run_number
    having kind = 'repeat' or count(*) > 1

),

looped as (

    select
        runs.conversation_id,
        runs.exchange_index,
        runs.kind,
        min(int_steps_compared.step_index) as step_index,
        max(int_steps_compared.step_index) as end_step_index,
        case
            when
                min(int_steps_compared.first_tool_name)
                = max(int_steps_compared.last_tool_name)
                then min(int_steps_compared.first_tool_name)
        end as tool_name,
        count(*) as calling_step_count,
        cast(sum(int_steps_compared.call_count) as bigint) as call_count,
        cast(sum(int_steps_compared.error_count) as bigint) as error_count
    from runs
    inner join int_steps_compared
        on
            runs.conversation_id = int_steps_compared.conversation_id
            and runs.exchange_index = int_steps_compared.exchange_index
            and int_steps_compared.step_number between
            runs.first_step_number and runs.last_step_number
    group by
        runs.conversation_id,
        runs.exchange_index,
        runs.kind,
        runs.first_step_number

),

placed as (

    select
        conversation_id,
        step_index,
        looped.kind,
        fct_steps.turn_index,
        looped.end_step_index,
        fct_steps.exchange_index,
        fct_steps.prompt_group_id,
        fct_steps.source,
        fct_steps.category,
        looped.tool_name,
        looped.calling_step_count,
        looped.call_count,
        looped.error_count
    from looped
    inner join fct_steps using (conversation_id, step_index)

)

select * from placed
