-- A line ends at `\n` alone, `$` is the end of the text, and letters of other scripts
-- have no second case.
with

inputs as (

    select
        given,
        expected
    from (
        values
        ('no a' || chr(13) || 'b', 'a' || chr(13) || 'b'),
        ('no a' || chr(8232) || 'B', 'a' || chr(8232) || 'B'),
        ('no a' || chr(10) || 'b', ''),
        ('no a. ' || chr(10), ''),
        ('it''s', '''s'),
        ('ıts', ''),
        ('a. ', 'a. '),
        (null, null)
    ) as examples (given, expected)

),

outputs as (

    select
        given,
        expected,
        regexp_extract(given, {{ text_pattern("(?i)a.[b ]$|'s|its") }}, 0) as actual
    from inputs

)

select * from outputs
where actual is distinct from expected
