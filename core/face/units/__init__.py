"""Action units of a face: 17 intensities from landmarks, blendshapes and a crop."""
