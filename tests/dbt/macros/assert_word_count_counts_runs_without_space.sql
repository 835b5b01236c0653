with

inputs as (

    select
        given,
        expected
    from (
        values
        ('', 0),
        ('  ' || chr(10) || chr(9), 0),
        ('one', 1),
        ('  two' || chr(13) || chr(10) || 'words  ', 2),
        ('don''t stop, please.', 3),
        ('ein Maß 漢字 🙂', 4),
        ('non' || chr(160) || 'breaking', 1)
    ) as examples (given, expected)

),

outputs as (

    select
        given,
        expected,
        {{ word_count('given') }} as actual
    from inputs

)

select * from outputs
where actual is distinct from expected
