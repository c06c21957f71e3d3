"""The lesson: six steps on what a bit buys, each with a guess, a task that is solved by doing, and a note
for the teacher.
"""
