// `vmap` as a record. Batch.swift says what the batch is and puts the results together; the graph records each operation
// once for all items (Tensor/Mapping.swift).
import Diagnostics
import VM

extension Library {
  static let mapping: [Builtin] = [vmap]

  private static let vmap = Builtin(
    "vmap", [BuiltinParameter("f", .function, .required, "function of one item")],
    summary: "The function that maps f over a batch: each operation of f runs once for all items.",
    details: """
      A positional argument that is a list is the batch, item by item; of other positional arguments each tensor gives the \
      items along its first axis. What f captures, and named arguments, all items share: `vmap(f)(xs, w: w)`. In the \
      result each number or tensor has the items along a new first axis. An item gets bit for bit what f gives for it \
      alone; only a matrix product may round otherwise.

      Items of a list may be trees, and may differ in size: then f is called once for each kind of item, and the result \
      is the list of the items' results, unless those agree in shape. A list of numbers is mapped as the tensor of them.

      Inside f a mapped value has the shape of one item and stands for all of them, so nothing may look at it: no `if`, \
      `number`, `print` or range. `where(c, a, b)` chooses item by item, `x[i]` takes a mapped i, and \
      `[f(x) for x in xs]` calls f for each item alone. Derivatives nest both ways, and one that is taken inside is each \
      item's own, also in what the items share. A random draw inside f gives every item its own numbers.
      """,
    example: """
      let w = tensor([1.0, -1.0])
      print(vmap(x => sum(x * w))(tensor([[1.0, 2.0], [5.0, 3.0]])))
      print(vmap(x => grad(w => sum(x * w) ^ 2)(w))(tensor([[1.0, 2.0], [5.0, 3.0]])))
      print(vmap(cumsum)([tensor([1, 2, 3]), tensor([4])]))
      """,
    expected: """
      tensor([-1.0, 2.0])
      tensor([[-2.0, -4.0], [20.0, 12.0]])
      [tensor([1, 3, 6]), tensor([4])]
      """,
    derivative: .composed
  ) { call in
    bound(call, "vmap", [try call.function(0)]) { machine, captured, positional, named in
      try Batch(machine: machine, function: captured[0], positional: positional, named: named).run()
    }
  }
}
