/** The texts of the view. */
export const channels = {
  title: 'Channels',
}
