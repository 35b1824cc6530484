/** The texts of the view. */
export const callers = {
  title: 'Callers',
}
