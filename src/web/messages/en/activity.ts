/** The texts of the view. */
export const activity = {
  title: 'Activity',
}
