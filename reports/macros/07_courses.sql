-- Where a step stands in the course of a conversation: `place` counts from 0 among
-- `step_count` steps.
-- noqa: disable=layout.indent,references.qualification
-- (sqlfluff takes the body of a macro for top level, and its parameters for columns)

-- The twentieths, 1 to 20, that a step stands for when its conversation is stretched
-- over 20 equal segments: those whose middle falls on it. Segment s holds the step at
-- (s − 1/2) / 20 of the steps; one of many steps may stand for none.
create or replace macro twentieths_of(place, step_count) as
    range(
        (40 * place + 3 * step_count - 1) // (2 * step_count),
        (40 * (place + 1) + 3 * step_count - 1) // (2 * step_count)
    );

-- first, middle or last: the third that a step stands in. The only step of a
-- conversation stands in none: neither end of it is known.
create or replace macro third_of(place, step_count) as
    case
        when step_count < 2 then null
        when 3 * place >= 2 * (step_count - 1) then 'last'
        when 3 * place <= step_count - 1 then 'first'
        else 'middle'
    end;
