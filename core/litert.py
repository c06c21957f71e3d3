"""A LiteRT model with one input: fill the input in place, run, read the outputs."""

import numpy as np


class Model:
    """A loaded model; not to be shared between threads.

    ``input`` is a float32 view of the model's input, kept over runs.
    """

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=content, num_threads=1)
        self._interpreter.allocate_tensors()
        described = self._interpreter.get_input_details()[0]
        self._index = described["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]
        self.input = np.zeros(described["shape"], np.float32)

    def run(self) -> list[np.ndarray]:
        """Copies of the outputs for what ``input`` holds, in the model's order."""
        self._interpreter.set_tensor(self._index, self.input)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]
