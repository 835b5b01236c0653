-- title: Metrics of the two, and their difference in three ways
-- question: How do the two differ?
-- chart: table
-- unit: Value of each metric in the first and the second (the answer names them), and
--   the difference, first less second, with its 95% interval.
-- note: What is compared: sources, or the models of the only source; of several the
--   two with the most conversations. tracehouse report --compare A B names two others,
--   --by says by what.
-- note: Raw: all conversations of both. At equal categories: each category has the
--   weight of its cases in both together, of the categories that have 10 prompt groups
--   in both. On the same prompts: within a prompt the cases of each are averaged; each
--   prompt that both have gives one difference, and all count alike (t interval over
--   prompts).
-- note: p is that of the difference on the same prompts, adjusted for the number of
--   metrics that have one (Holm). A metric differs clearly where it is under 0.05.
-- note: Errors resolved: episodes of errors after which the tool works again, of those
--   that are not cut. Outcomes are counted as they are recorded: two sources that
--   record different outcomes cannot be compared by them.
-- columns: metric=Metric | first_text=First | second_text=Second
--   | raw_text=Raw difference | standardised_text=At equal categories
--   | matched_text=On the same prompts | prompts=Same prompts | p=p (Holm)
-- empty: There is no conversation.

-- part: base
create or replace temp table summary_cases as

select
    label,
    source,
    stratum,
    conversation_id,
    prompt_group_id,
    group_id,
    is_first,
    hits,
    cases
from compared_cases('fct_metrics');

-- part: rows
-- all cases of each arm, also where the other has none
with

arms as (

    select
        label,
        sum(hits) filter (where is_first) / sum(cases) filter (where is_first)
            as first_mean,
        sum(hits) filter (where not is_first) / sum(cases) filter (where not is_first)
            as second_mean
    from summary_cases
    group by label

),

ways as (

    select
        label,
        max(way_text(difference, low, high, unit)) filter (where way = 1) as raw_text,
        max(way_text(difference, low, high, unit)) filter (where way = 2)
            as standardised_text,
        max(way_text(difference, low, high, unit)) filter (where way = 3)
            as matched_text,
        max(group_count) filter (where way = 3) as prompts,
        max(p_adjusted) as p_adjusted
    from compared_ways('summary_cases')
    group by label

)

select
    metric_names.name
    || case metric_names.unit when 'words' then ' (words)' else '' end as metric,
    metric_text(arms.first_mean, metric_names.unit) as first_text,
    metric_text(arms.second_mean, metric_names.unit) as second_text,
    coalesce(ways.raw_text, '–') as raw_text,
    coalesce(ways.standardised_text, '–') as standardised_text,
    coalesce(ways.matched_text, '–') as matched_text,
    coalesce(ways.prompts, 0) as prompts,
    p_text(ways.p_adjusted) as p
from arms
inner join metric_names() as metric_names on arms.label = metric_names.label
left join ways on arms.label = ways.label
order by metric_names.place asc;

-- part: answer
with

shared as (

    select
        prompt_group_id,
        bool_or(is_first) and bool_or(not is_first) as is_shared
    from summary_cases
    where label = 'steps' and prompt_group_id is not null
    group by prompt_group_id

),

prompts as (

    select count(*) filter (where is_shared) as shared_count
    from shared

),

categories as (

    select count(distinct stratum) as category_count
    from summary_cases

),

-- the best way that there is: on the same prompts, else at equal categories, else raw
best as (

    select ways.*
    from compared_ways('summary_cases') as ways
    cross join prompts
    cross join categories
    where
        ways.way = case
            when prompts.shared_count >= 10 then 3
            when categories.category_count > 1 then 2
            else 1
        end

),

worded as (

    select
        *,
        coalesce(p_adjusted < 0.05, low > 0 or high < 0, false) as is_clear,
        lower(name) || ' '
        || ltrim(gap_text(abs(difference), unit), '+') || ' ' || unit
        || case when difference > 0 then ' higher' else ' lower' end || ' ('
        || coalesce(
            case
                when difference > 0
                    then
                        ltrim(gap_text(low, unit), '+') || ' to '
                        || ltrim(gap_text(high, unit), '+')
                else
                    ltrim(gap_text(-high, unit), '+') || ' to '
                    || ltrim(gap_text(-low, unit), '+')
            end,
            'no interval'
        )
        || case
            when p_adjusted is null then ''
            when p_adjusted < 0.001 then ', p < 0.001'
            else ', p = ' || p_text(p_adjusted)
        end
        || ')' as text
    from best

),

told as (

    select
        count(*) as metric_count,
        count(*) filter (where is_clear) as clear_count,
        count(*) filter (where low is null) as unknown_count,
        list(
            text
            order by
                abs(difference) / nullif(high - low, 0) desc, place asc
        ) filter (where is_clear) as texts,
        list(lower(name) order by place asc) filter (
            where not is_clear and low is not null
        ) as unclear,
        max(case way when 3 then '' else way_name end) as way_name
    from worded

),

sizes as (

    select
        count(*) filter (where is_first) as first_count,
        count(*) filter (where not is_first) as second_count
    from summary_cases
    where label = 'steps'

)

select
    case
        when len(compared.arms) = 0 and compared.unnamed_count = 0
            then 'There is no conversation.'
        when compared.first_arm is null then 'No model is recorded.'
        when compared.second_arm is null
            then
                'There is only one ' || compared.by_what || ', ' || compared.first_name
                || ' (n = '
                || counted(sizes.first_count, 'conversation', 'conversations')
                || '), and nothing to compare it with.'
        else
            case
                when prompts.shared_count = 0
                    then
                        compared.first_name || ' and ' || compared.second_name
                        || ' share no prompt'
                when prompts.shared_count < 10
                    then
                        compared.first_name || ' and ' || compared.second_name
                        || ' share only '
                        || counted(prompts.shared_count, 'prompt', 'prompts')
                else
                    'On the ' || counted(prompts.shared_count, 'prompt', 'prompts')
                    || ' that both have, ' || compared.first_name
                    || case
                        when told.clear_count = 0
                            then
                                ' does not differ clearly from '
                                || compared.second_name || ' in any of '
                                || counted(told.metric_count, 'metric', 'metrics')
                                || '.'
                        else
                            ' differs clearly from ' || compared.second_name || ' in '
                            || count_text(told.clear_count) || ' of '
                            || counted(told.metric_count, 'metric', 'metrics')
                            || '; it has ' || listed(told.texts[:3]) || '.'
                    end
            end
            || case
                when prompts.shared_count >= 10 then ''
                when coalesce(told.metric_count, 0) = told.unknown_count
                    then ', and too few prompts for any interval.'
                when told.clear_count = 0
                    then '; ' || told.way_name || ' no metric differs clearly.'
                else
                    '; ' || told.way_name || ', ' || compared.first_name || ' has '
                    || listed(told.texts[:3])
                    || ' (intervals not adjusted for the number of metrics).'
            end
    end as lead,
    case
        when compared.first_arm is null then 'So there is nothing to compare.'
        when compared.second_arm is null
            then
                'Its own figures stand in the table; ingest another '
                || case compared.by_what
                    when 'model' then 'model' else 'source (or config)'
                end
                || ' to compare.'
        else
            ltrim(
                case
                    when len(told.texts) > 3
                        then 'Also clear: ' || listed(told.texts[4:]) || '.'
                    else ''
                end
                || case
                    when told.unclear is null then ''
                    else ' Not clearly different: ' || listed(told.unclear) || '.'
                end
                || ' First is ' || compared.first_name || ' (n = '
                || counted(sizes.first_count, 'conversation', 'conversations')
                || '), second ' || compared.second_name || ' (n = '
                || count_text(sizes.second_count) || ').'
            )
    end
    || others_text(compared.by_what, compared.other_arms) as rest
from comparison('fct_metrics') as compared
cross join prompts
cross join told
cross join sizes;
