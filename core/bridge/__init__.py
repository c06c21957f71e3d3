"""What compression does to the action units: the bridge between the codecs and the cohorts.

::

    clip -> reference: one tracked face, measured -> windows that follow the face
                                                          |
       for every codec and setting:  cut -> code -> decode -> paste back -> measure again
                                                   |                             |
                                             real bytes                  drift, conclusions

    methods     which codecs, at which settings
    windows     the square of each frame that is coded
    films       H.264, HEVC and AV1, through PyAV
    passes      a clip measured as it is, and once more through a codec
    store       what is finished, kept on disk and never done twice
    drift       two series -> change, correlation, lost faces
    headline    the lowest rate that keeps every validated unit
    conclusion  do the groups of a cohort still differ?
    work        clips x codecs, here or on a Dask cluster
    people      a cohort of rendered people whose action units are known
    charts      drift and series as Plotly figures
"""
