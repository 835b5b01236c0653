-- title: Tokens per conversation, estimated
-- question: How long are the rows?
-- chart: histogram
-- x: tokens per kept conversation, by an estimate
-- unit: Number of kept conversations by their tokens, at most 40 bars. Marks: the
--   median, and the length that 99% do not pass; the last bar holds what is far beyond.
-- note: Tokens are an estimate: characters times a rate of their kind (the table
--   seeds.token_rates), measured with the tokenizers of Qwen3, GPT-4o and Llama 3.1.
--   tracehouse finetune --tokenizer FOLDER counts them, and says so beside the rows.
-- note: A row is what an export without options writes: tools, system, user, thoughts,
--   answers, calls and responses. Marks of a chat template are not counted.
-- columns: lo=From tokens | hi=Below | conversations=Conversations | share=Share %
-- empty: No conversation is kept.

-- part: base
create or replace temp table row_tokens as

select
    source,
    conversation_id,
    cast(sum(millitokens) as bigint) // 1000 as value
from finetune_passages
group by source, conversation_id
-- where nothing is trained no row is made
having bool_or(is_trained);

-- part: rows
select
    case_count as conversations,
    cast(low as double) as lo,
    cast(low + width as double) as hi,
    cast(case_count as double) as value,
    cast(case_count as double) / sum(case_count) over () as share,
    bar_text(low, width, most, is_open, '≈ ', 'token', 'tokens')
    || ': ' || counted(case_count, 'conversation', 'conversations') as tip
from bars_of('row_tokens', 50)
order by lo asc;

-- part: marks
select
    marks.at,
    marks.label
from bar_marks('row_tokens', 50, '≈ ') as marks
order by marks.place asc;

-- part: answer
with

whole as (

    select
        count(*) as conversations,
        quantile_disc(value, 0.5) as half,
        quantile_disc(value, 0.99) as most,
        max(value) as longest
    from row_tokens

),

sources as (

    select
        source,
        quantile_disc(value, 0.5) as half,
        count(*) as conversations
    from row_tokens
    group by source

),

by_source as (

    select
        list(
            short_text(source, 40) || ' ' || count_text(half)
            order by conversations desc, source asc
        ) as texts
    from sources

)

select
    case
        when whole.conversations = 0 then 'No conversation is kept.'
        when whole.conversations = 1
            then 'The only row has about ' || count_text(whole.longest) || ' tokens.'
        else
            'Half of the rows have at most about ' || count_text(whole.half)
            || ' tokens, 99% at most ' || count_text(whole.most)
            || ' (an estimate from characters).'
    end as lead,
    case
        when whole.conversations = 0 then 'Without one there is no length.'
        when whole.conversations = 1 then ''
        else
            'The longest has about ' || count_text(whole.longest) || '.'
            || compared('Medians', by_source.texts)
    end as rest
from whole
cross join by_source;

-- part: examples
-- the longest, the middling and the shortest, at the turn with most of it
with

ranked as (

    select
        conversation_id,
        value,
        row_number() over (order by value desc, conversation_id asc) as place,
        count(*) over () as row_count
    from row_tokens

),

turns as (

    select
        conversation_id,
        turn_index,
        sum(millitokens) as millitokens
    from finetune_passages
    group by conversation_id, turn_index

),

heaviest as (

    select
        conversation_id,
        max_by(turn_index, (millitokens, -turn_index)) as turn_index,
        cast(max(millitokens) as bigint) // 1000 as tokens
    from turns
    group by conversation_id

)

select
    ranked.conversation_id,
    heaviest.turn_index,
    case
        when ranked.place = 1 then 'the longest'
        when ranked.place = ranked.row_count then 'the shortest'
        when ranked.place = 2 then 'next to it'
        else 'of middling length'
    end || ', about ' || counted(ranked.value, 'token', 'tokens') || ': '
    || count_text(heaviest.tokens) || ' of them here' as why
from ranked
inner join heaviest on ranked.conversation_id = heaviest.conversation_id
where
    ranked.place in (1, 2, ranked.row_count)
    or ranked.place = (ranked.row_count + 1) // 2
order by ranked.place asc;
