-- title: The rules, and what each of them did
-- question: What makes something an error here, and which rules decide?
-- chart: table
-- unit: Calls and orphans where each rule matches. Grey, last: rules without a match.
-- note: A rule "finds" an error where it is enough by itself, else it only names the
--   class of what another one found; a guard (benign or negative) keeps what it voids
--   from being an error. Of the rules that match, the first by its priority names the
--   class.
-- note: "Only this" is what would change without the rule: errors that no other rule
--   finds, or, of a guard, calls that would be errors. A rule that only
--   names a class has none; without it another one names those errors.
-- note: The rules are seeds/error_rules.csv, with an example and a counterexample each,
--   which a test holds them to; dim_error_rules holds these counts and whole patterns.
-- columns: label=Rule | does=What it does | class=Class | side=Side |
--   looks_in=Looks in | tools=Only for | matches=Matches | voided=Void |
--   only_this=Only this | errors=Errors named | value=Share of errors % | lo=From % |
--   hi=To % | n=All errors | group_count=Prompt groups with errors |
--   pattern=Begin of the pattern
-- empty: The seed error_rules is empty: nothing is an error.

-- part: base
create or replace temp table rule_errors as

select
    rule as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) as hits
from fct_errors
group by label, source, group_id;

-- part: rows
select
    dim_error_rules.rule_id as label,
    case
        when dim_error_rules.verdict <> 'error' then dim_error_rules.verdict || ' guard'
        when dim_error_rules.is_sufficient then 'finds'
        else 'names'
    end as does,
    replace(dim_error_rules.class, '_', ' ') as class,
    dim_error_rules.side,
    replace(dim_error_rules.place, '_', ' ') as looks_in,
    concat_ws(
        ', ',
        replace(dim_error_rules.tool_kinds, ' ', ', '),
        replace(dim_error_rules.tool_names, ' ', ', ')
    ) as tools,
    dim_error_rules.hit_count as matches,
    dim_error_rules.void_count as voided,
    dim_error_rules.unique_count as only_this,
    dim_error_rules.named_count as errors,
    pooled.share as value,
    pooled.low as lo,
    pooled.high as hi,
    pooled.cases as n,
    pooled.group_count,
    short_text(dim_error_rules.pattern, 60) as pattern,
    dim_error_rules.hit_count = 0 as few
from dim_error_rules
left join pooled_parts('rule_errors') as pooled
    on dim_error_rules.rule_id = pooled.label
order by
    case when dim_error_rules.hit_count = 0 then 1 else 0 end asc,
    dim_error_rules.named_count desc,
    dim_error_rules.hit_count desc,
    dim_error_rules.priority asc;

-- part: answer
with

totals as (

    select
        count(*) as rules,
        count(*) filter (where hit_count > 0) as matching,
        sum(unique_count) filter (where verdict = 'error') as alone,
        sum(unique_count) filter (where verdict <> 'error') as kept
    from dim_error_rules

),

ranked as (

    select
        label,
        hits,
        cases,
        replace(label, '_', ' ') || ', ' || share_text(share) || ' of errors '
        || support_text(low, high, cases, 'errors') as text,
        row_number() over (order by hits desc, label asc) as number
    from pooled_parts('rule_errors')

),

most as (

    select
        max(text) filter (where number = 1) as first_rule,
        count(*) filter (where number <= 10) as listed_rules,
        sum(hits) filter (where number <= 10) / max(cases) as listed_share,
        max(cases) as errors
    from ranked

)

select
    case
        when most.errors is null
            then 'There is no error by our definition.'
        else 'The rule that names most errors is ' || most.first_rule || '.'
    end as lead,
    case
        when most.errors is null then 'So no rule names any.'
        else
            count_text(totals.matching)
            || ' of '
            || counted(totals.rules, 'rule', 'rules')
            || ' match somewhere. The ' || count_text(most.listed_rules)
            || ' most frequent ones name ' || share_text(most.listed_share)
            || ' of errors; ' || count_text(cast(totals.alone as bigint))
            || ' errors are found by one rule alone, and '
            || counted(cast(totals.kept as bigint), 'call is', 'calls are')
            || ' no error because of one guard alone.'
    end as rest
from totals
cross join most;
