-- Number, characters and words of the thoughts of a turn are what fct_turns says.
with

fct_turns as (

    select * from {{ ref('fct_turns') }}

),

fct_thoughts as (

    select * from {{ ref('fct_thoughts') }}

),

thoughts as (

    select
        conversation_id,
        turn_index,
        count(*) as found_thought_count,
        sum(think_chars) as found_think_chars,
        sum(think_words) as found_think_words
    from fct_thoughts
    group by conversation_id, turn_index

),

compared as (

    select
        conversation_id,
        turn_index,
        coalesce(fct_turns.thought_count, 0) as thought_count,
        coalesce(fct_turns.think_chars, 0) as think_chars,
        coalesce(fct_turns.think_words, 0) as think_words,
        coalesce(thoughts.found_thought_count, 0) as found_thought_count,
        coalesce(thoughts.found_think_chars, 0) as found_think_chars,
        coalesce(thoughts.found_think_words, 0) as found_think_words
    from fct_turns
    full outer join thoughts using (conversation_id, turn_index)

)

select * from compared
where
    thought_count <> found_thought_count
    or think_chars <> found_think_chars
    or think_words <> found_think_words
