-- What is held out of training.
-- noqa: disable=references.qualification
-- (sqlfluff takes the parameters of a macro for columns)

-- The share of split groups that is to be held out, by the variables of the build.
create or replace macro held_out_share(settings) as (
    select sum(number_value)
    from query_table(settings)
    where
        setting = 'finetune_validation_share'
        or setting = 'finetune_test_share'
);

-- Of `cases` conversations of a group, those with a fellow in training if each
-- were held out at random with the chance `held`. A decimal: its sums are the same
-- in any order.
create or replace macro leaked_cases(cases, held) as (
    cast(cases * (1 - pow(held, cases - 1)) as decimal(18, 6))
);
