/** The texts of the view. */
export const accounts = {
  title: 'Accounts',
}
