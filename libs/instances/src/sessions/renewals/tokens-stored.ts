import type { TokenOutcome } from '#connectors'
import type { Configuration, InstanceChange } from '../../instance.js'

/** The change that stores what a vendor's token endpoint gave. A vendor that names no new refresh token keeps the old. */
export function tokensStored(
  configuration: Configuration,
  tokens: Extract<TokenOutcome, { kind: 'tokens' }>,
  now: number,
): Required<Pick<InstanceChange, 'configuration' | 'vendorTokenExpiresAt'>> {
  const { accessToken, refreshToken, expiresInSeconds } = tokens
  return {
    configuration: {
      ...configuration,
      'oauth.user.token': accessToken,
      ...(refreshToken !== undefined && { 'oauth.user.refresh_token': refreshToken }),
      ...(expiresInSeconds !== undefined && { 'oauth.user.refresh_interval': String(expiresInSeconds) }),
      ...(expiresInSeconds !== undefined && { 'oauth.user.refresh_time': String(now) }),
    },
    vendorTokenExpiresAt: expiresInSeconds === undefined ? null : new Date(now + expiresInSeconds * 1_000),
  }
}
