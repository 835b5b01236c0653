-- title: Thinking spent in loops, by source
-- question: How much thinking goes into them?
-- chart: dots
-- unit: Share of the calling steps, and of the words of their thoughts, that make the
--   same calls again, with its 95% interval; one dot per source. Hollow: under 100
--   calling steps, or under 10 prompt groups.
-- note: Counted is from the second time round: the first time is no loop yet. In
--   A-B-A-B the first two steps are left out, in A-A the first.
-- note: Calls are repeated late in a conversation, where thoughts differ in length
--   anyway: that those in loops are longer or shorter need not come from the loop.
-- note: Words are those of thoughts of turns that call a tool; thoughts before answers
--   are left out. A source that records no thoughts has no row of words.
-- columns: measure=Measure | source=Source | hits=In loops | value=Share % | lo=From %
--   | hi=To % | n=Steps or words | noun=Of | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table looped_steps as

with

numbered as (

    select
        fct_steps.conversation_id,
        fct_steps.step_index,
        fct_loops.kind,
        row_number() over (
            partition by fct_loops.conversation_id, fct_loops.step_index
            order by fct_steps.step_index
        ) as step_number
    from fct_loops
    inner join fct_steps
        on
            fct_loops.conversation_id = fct_steps.conversation_id
            and fct_steps.step_index between
            fct_loops.step_index and fct_loops.end_step_index
            and fct_steps.has_calls

),

-- one step can be the last of a loop and the first of the next
again as (

    select distinct
        conversation_id,
        step_index
    from numbered
    where step_number > case kind when 'repeat' then 1 else 2 end

)

select
    fct_steps.conversation_id,
    fct_steps.turn_index,
    fct_steps.source,
    fct_steps.has_thought,
    fct_steps.think_words,
    coalesce(fct_steps.prompt_group_id, fct_steps.conversation_id) as group_id,
    again.conversation_id is not null as is_again
from fct_steps
left join again
    on
        fct_steps.conversation_id = again.conversation_id
        and fct_steps.step_index = again.step_index
where fct_steps.has_calls;

-- part: rows
with

thinking_cases as ( -- noqa: ST03

    select
        'Steps' as label,
        source,
        group_id,
        count(*) filter (where is_again) as hits,
        count(*) as cases
    from looped_steps
    group by source, group_id
    union all
    select
        'Words of thoughts' as label,
        source,
        group_id,
        cast(coalesce(sum(think_words) filter (where is_again), 0) as bigint) as hits,
        cast(sum(think_words) as bigint) as cases
    from looped_steps
    where has_thought
    group by source, group_id

),

measures (measure, noun) as (

    values
    ('Steps', 'calling steps'),
    ('Words of thoughts', 'words')

),

sizes as (

    select
        source,
        count(*) as step_count
    from looped_steps
    group by source

),

all_sources as (

    select count(*) as source_count
    from sizes

)

select
    measures.measure,
    measures.noun,
    found.source,
    found.hits,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    -- a chart names the source only where there is something to tell apart
    case
        when all_sources.source_count = 1 then measures.measure
        else measures.measure || ', ' || found.source
    end as label,
    share_text(found.share) as text,
    measures.measure || ' in loops, ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, measures.noun
    ) as tip,
    sizes.step_count < 100 or found.low is null as few
from source_shares('thinking_cases') as found
inner join measures on found.label = measures.measure
inner join sizes on found.source = sizes.source
cross join all_sources
order by few asc, measures.measure asc, sizes.step_count desc, found.source asc;

-- part: answer
with

thinking_cases as ( -- noqa: ST03

    select
        'Steps' as label,
        source,
        group_id,
        count(*) filter (where is_again) as hits,
        count(*) as cases
    from looped_steps
    group by source, group_id
    union all
    select
        'Words of thoughts' as label,
        source,
        group_id,
        cast(coalesce(sum(think_words) filter (where is_again), 0) as bigint) as hits,
        cast(sum(think_words) as bigint) as cases
    from looped_steps
    where has_thought
    group by source, group_id

),

pooled as (

    select
        label,
        hits,
        group_count,
        estimate_text(
            share, low, high, cases,
            case label when 'Steps' then 'calling steps' else 'words' end
        ) as estimate
    from pooled_shares('thinking_cases')

),

told as (

    select
        max(hits) filter (where label = 'Steps') as again_count,
        max(estimate) filter (where label = 'Steps') as step_share,
        max(estimate) filter (where label = 'Words of thoughts') as word_share,
        max(group_count) filter (where label = 'Words of thoughts') as group_count
    from pooled

),

-- thoughts of steps that do the same again, and of the other calling steps
arms as ( -- noqa: ST03

    select
        'words' as label,
        '' as stratum,
        source,
        group_id,
        is_again as is_first,
        cast(sum(think_words) as bigint) as hits,
        count(*) as cases
    from looped_steps
    where has_thought
    group by source, group_id, is_again

),

contrast as (

    select
        max(text) as text,
        max(verdict) as verdict
    from contrast_texts('arms', 'words', 'thoughts')

),

by_source as (

    select source_texts(source, share, low, high, cases, 'words') as texts
    from source_shares('thinking_cases')
    where label = 'Words of thoughts'

),

sources as (

    select
        count(distinct source) as source_count,
        count(distinct source) filter (where has_thought) as recorded_count
    from looped_steps

)

select
    case
        when told.step_share is null then 'No tool is called.'
        when told.word_share is null
            then
                'Thoughts are not recorded; ' || told.step_share
                || ' of steps make the same calls again.'
        else
            told.word_share || ' of the words of thoughts before calls are spent on'
            || ' doing the same again, from '
            || counted(told.group_count, 'prompt', 'prompts') || '.'
    end as lead,
    case
        when told.step_share is null then 'So no thought goes into a loop.'
        when told.word_share is null then ''
        else
            'Of calling steps these are ' || told.step_share || '.'
            || case
                when contrast.text is null then ''
                else
                    ' Thoughts there are '
                    || case contrast.verdict
                        when 'higher' then 'longer than in other calling steps'
                        when 'lower' then 'shorter than in other calling steps'
                        when 'mixed'
                            then
                                'longer than in other calling steps in some sources and'
                                || ' shorter in others'
                        when 'unclear'
                            then
                                'neither clearly longer nor shorter than in other'
                                || ' calling steps'
                        else 'too few to be compared with those of other calling steps'
                    end
                    || ': ' || contrast.text || '.'
            end
            || compared('Words in loops', by_source.texts)
            || unrecorded_text('Thoughts', sources.recorded_count, sources.source_count)
    end as rest
from told
cross join contrast
cross join by_source
cross join sources;

-- part: examples
select
    conversation_id,
    turn_index,
    'the same again, after ' || counted(think_words, 'word', 'words') || ' of thought'
        as why
from looped_steps
where is_again and has_thought
order by think_words desc, conversation_id asc, turn_index asc
limit 5;
