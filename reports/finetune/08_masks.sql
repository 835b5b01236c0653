-- title: What of a row is trained
-- question: What does a model learn of a conversation, and what does it only read?
-- chart: table
-- unit: Three kept conversations, with an estimate of their tokens: one of middling
--   length, the one of which the least is trained, and the one with the most turns of
--   the model that are masked, or else the one of which the most is trained.
-- note: Trained are turns of the model that are whole and whose reasoning was captured:
--   thought, visible answer, calls and the end of the turn. All else is read and
--   masked.
-- note: Each piece says why it is masked. Long texts are cut in the middle, with the
--   number of characters that are left out.
-- columns: why=Chosen as | conversation_id=Conversation | tokens=Tokens
--   | trained=Trained % | turns=Turns of the model | masked_turns=Masked
-- empty: No conversation is kept.

-- part: base
create or replace temp table shown_rows as

with

turns as (

    select
        conversation_id,
        turn_index,
        sum(millitokens) as millitokens,
        sum(millitokens) filter (where is_trained) as trained,
        bool_or(is_turn_end) as is_own,
        bool_or(is_trained) as is_trained
    from finetune_passages
    group by conversation_id, turn_index

),

lengths as (

    select
        conversation_id,
        cast(sum(millitokens) as bigint) // 1000 as tokens,
        coalesce(sum(trained), 0) / sum(millitokens) as trained,
        count(*) filter (where is_own) as turns,
        count(*) filter (where is_own and not is_trained) as masked_turns
    from turns
    group by conversation_id
    having sum(trained) > 0

),

middle as (

    select quantile_disc(tokens, 0.5) as tokens
    from lengths

),

middling as (

    select
        lengths.*,
        1 as place,
        'of middling length' as why
    from lengths
    cross join middle
    where lengths.tokens = middle.tokens
    order by lengths.conversation_id asc
    limit 1

),

least as (

    select
        lengths.*,
        2 as place,
        'the least of it is trained' as why
    from lengths
    anti join middling using (conversation_id)
    order by lengths.trained asc, lengths.conversation_id asc
    limit 1

),

most as (

    select
        lengths.*,
        3 as place,
        case
            when lengths.masked_turns > 0 then 'the most turns of the model are masked'
            else 'the most of it is trained'
        end as why
    from lengths
    anti join middling using (conversation_id)
    anti join least using (conversation_id)
    order by
        lengths.masked_turns desc, lengths.trained desc, lengths.conversation_id asc
    limit 1

)

select
    place,
    why,
    conversation_id,
    tokens,
    trained,
    turns,
    masked_turns
from middling
union all
select
    place,
    why,
    conversation_id,
    tokens,
    trained,
    turns,
    masked_turns
from least
union all
select
    place,
    why,
    conversation_id,
    tokens,
    trained,
    turns,
    masked_turns
from most;

-- part: rows
select
    why,
    conversation_id,
    tokens,
    trained,
    turns,
    masked_turns
from shown_rows
order by place asc;

-- part: masks
select
    conversation_id,
    upper(left(why, 1)) || substring(why, 2) as why
from shown_rows
order by place asc;

-- part: answer
with

turns as (

    select
        conversation_id,
        turn_index,
        split_group,
        bool_or(is_trained) as is_trained
    from finetune_passages
    where kind in ('think', 'answer', 'call')
    group by conversation_id, turn_index, split_group

),

groups as (

    select
        split_group,
        count(*) filter (where is_trained) as hits,
        count(*) as cases
    from turns
    group by split_group

),

whole as (

    select
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high,
        cast(coalesce(sum(cases), 0) as bigint) as cases
    from groups

)

select
    case
        when cases = 0 then 'No turn of a model is kept.'
        else
            'Of the turns of the model, '
            || estimate_text(share, low, high, cases, 'turns') || ' are trained.'
    end as lead,
    case
        when cases = 0 then 'Without one there is nothing to train.'
        when share = 1 then 'Their reasoning was captured in each.'
        else
            'The others are read only: their reasoning was not captured, or they hold a'
            || ' malformed call.'
    end as rest
from whole;
