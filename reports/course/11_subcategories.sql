-- title: Conversations that fail, or show signs of trouble, by subcategory
-- question: And which subcategories?
-- chart: dots
-- unit: Share of the conversations that fail by their recorded outcome; where a source
--   records none, that show a sign of trouble. With its 95% interval; worst first, by
--   its lower end. Hollow, last: under 100 conversations (20 where there are under
--   5,000 in all), or under 10 prompt groups.
-- note: A sign of trouble: an error that is never resolved nor replaced, a loop, or a
--   record that breaks off (a call without a response, an empty reply, a length limit).
--   It is no failure: how it does against recorded outcomes stands in the answer.
-- note: A recorded outcome is a score of 0, 0.5 or 1, or else whether the run was
--   completed; under 1 is a failure. Failing and signs are never put together.
-- note: Long conversations show more signs. At equal length: only pairs of the same
--   fifth by number of steps.
-- note: Of many, some are worst by chance.
-- columns: task_name=Subcategory | basis=By | hits=With it | value=Share %
--   | lo=From % | hi=To % | n=Conversations | group_count=Prompt groups
-- empty: No subcategory is recorded. Ingest a source whose records name one.

-- part: base
create or replace temp table judged_subcategories as

select
    conversation_id,
    source,
    group_id,
    outcome,
    is_failed,
    turn_count,
    step_count,
    turn_index,
    sign,
    has_sign,
    basis,
    case
        when subcategory is not null
            then coalesce(category || ' › ', '') || subcategory
    end as label
from judged_conversations('dim_conversations', 'fct_episodes', 'fct_loops');

-- part: rows
select
    task_name,
    hits,
    value,
    lo,
    hi,
    n,
    group_count,
    basis,
    label,
    text,
    tip,
    few
from task_rows('judged_subcategories')
order by few asc, basis asc, lo desc nulls last, n desc, task_name asc;

-- part: marks
select
    cast(sum(hits) as double) / sum(cases) as at,
    'all ' || share_text(sum(hits) / sum(cases)) as label
from judged_tasks('judged_subcategories')
having count(distinct basis) = 1;

-- part: answer
select
    lead,
    rest
from task_answer('judged_subcategories', 'subcategory', 'subcategories');

-- part: examples
-- of the subcategory that the answer names
select
    conversation_id,
    turn_index,
    why
from task_examples('judged_subcategories', 'subcategory', 'subcategories')
order by basis asc, place asc;
