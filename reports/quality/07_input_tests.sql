-- title: Tests of the input
-- question: Is anything odd about the input?
-- chart: table
-- unit: What each test looks for, and how often it is found. Findings come first.
-- note: These tests only warn: they tell what the input is like. Tests of the models
--   themselves must all pass, else the warehouse is not published.
-- columns: test=Looked for | found=Found | result=Result
-- empty: Build again: the build writes the results of its tests.

-- part: base
create or replace temp table input_tests as

select
    name,
    status,
    coalesce(failure_count, 0) as found,
    coalesce(nullif(description, ''), replace(name, '_', ' ')) as test
from meta.tests
where kind = 'input';

-- part: rows
select
    test,
    found,
    case
        when status = 'pass' then 'none found'
        when found > 0 then 'found'
        else status
    end as result
from input_tests
order by found desc, name asc;

-- part: answer
with

own as (

    select
        count(*) as tests,
        count(*) filter (where status = 'pass') as passed
    from meta.tests
    where kind = 'invariant'

),

findings as (

    select
        count(*) as tests,
        count(*) filter (where found > 0) as found,
        list(
            test || ' (' || count_text(found) || ')' order by found desc, name asc
        ) filter (where found > 0) as texts
    from input_tests

)

select
    case
        when findings.tests = 0 then 'No test of the input has run.'
        when findings.found = 0
            then
                counted(findings.tests, 'test', 'tests')
                || ' of the input found nothing odd.'
        else
            count_text(findings.found) || ' of '
            || counted(findings.tests, 'test', 'tests')
            || ' of the input found something: ' || listed(findings.texts) || '.'
    end as lead,
    case
        when own.tests = 0 then ''
        else
            'Of our own tests ' || count_text(own.passed) || ' of '
            || count_text(own.tests) || ' pass.'
    end as rest
from findings
cross join own;
