// Entries of `trellis explain`: values that don't go together.

extension Explanation {
  static let indexOutOfRange = Explanation(
    """
    An index lies outside of what it reads. Indices begin at 0, so the last one is the size less 1, or \
    -1.
    """,
    wrong: "print([1, 2, 3][3])",
    right: "print([1, 2, 3][-1])")
  static let axisOutOfRange = Explanation(
    """
    A tensor has no such axis. Axes count from 0, or from -1 for the last.
    """,
    wrong: "print(sum(ones([2, 3]), axis: 2))",
    right: "print(sum(ones([2, 3]), axis: 1))")
  static let labelOutOfRange = Explanation(
    """
    A label is no class of the scores it is held against. Labels count from 0.
    """,
    wrong: "print(cross_entropy(zeros([1, 3]), tensor([3])))",
    right: "print(cross_entropy(zeros([1, 3]), tensor([2])))")
  static let shapeMismatch = Explanation(
    """
    Shapes do not go together: inner sizes of `@`, shapes that do not broadcast, elements that do not \
    fill a shape. The message shows the shapes.
    """,
    wrong: "print(ones([2, 3]) @ ones([2, 3]))",
    right: "print(ones([2, 3]) @ ones([3, 2]))")
  static let sizeMismatch = Explanation(
    """
    A name in a function's signature stands for one size. Another argument, or the number itself, says \
    that it is a different one than here.
    """,
    wrong: """
      fn dot(x: [n], y: [n]) = sum(x * y)
      print(dot(ones([3]), ones([4])))
      """,
    right: """
      fn dot(x: [n], y: [n]) = sum(x * y)
      print(dot(ones([3]), ones([3])))
      """)
  static let treeMismatch = Explanation(
    """
    Arithmetic on records and lists works leaf by leaf, so both sides need the same keys and lengths; or \
    one side is a number.
    """,
    wrong: "print({a: 1} + {b: 1})",
    right: "print({a: 1} + {a: 1})")
  static let integerOverflow = Explanation(
    """
    A whole number became larger than 64 bits hold. Floats go further: write 2.0 instead of 2.
    """,
    wrong: "print(9223372036854775807 + 1)",
    right: "print(9223372036854775807.0 + 1)")
  static let divisionByZero = Explanation(
    """
    `//` or `%` of integers by 0 has no result. Floats give inf or nan.
    """,
    wrong: "print(1 // 0)",
    right: "print(1.0 / 0.0)")
  static let badValue = Explanation(
    """
    A value is of the right kind, but none that the operation can work with.
    """,
    wrong: "print(2 ^ -1)",
    right: "print(2.0 ^ -1)")
  static let notDifferentiable = Explanation(
    """
    A derivative was asked for where there is none: in integers, or through an operation that has steps \
    only.
    """,
    wrong: "print(grad(x => sum(x))(tensor([1, 2])))",
    right: "print(grad(x => sum(x))(tensor([1.0, 2.0])))")
  static let mappedValue = Explanation(
    """
    Inside `vmap` a value stands for all items of the batch, so no `if`, `number` or `print` can look at \
    it.
    """,
    wrong: "print(vmap(x => if x > 0 { x } else { 0.0 })(tensor([1.0, -1.0])))",
    right: "print(vmap(x => where(x > 0, x, 0.0))(tensor([1.0, -1.0])))")
}
