with

fct_steps as (

    select * from {{ ref('fct_steps') }}

),

fct_turns as (

    select * from {{ ref('fct_turns') }}

),

led as (

    select
        conversation_id,
        step_index,
        min(turn_index) as turn_index,
        count(*) filter (where role = 'assistant') as assistant_turn_count
    from fct_turns
    where step_index is not null
    group by conversation_id, step_index

),

compared as (

    select
        conversation_id,
        step_index,
        fct_steps.turn_index,
        led.turn_index as found_turn_index,
        led.assistant_turn_count
    from fct_steps
    full outer join led using (conversation_id, step_index)

)

select * from compared
where
    turn_index is distinct from found_turn_index
    or assistant_turn_count is distinct from 1
