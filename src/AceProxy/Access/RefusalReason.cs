namespace AceProxy.Access;

/// <summary>What kept somebody out; a label of the metric.</summary>
internal enum RefusalReason
{
    /// <summary>An operator's request without a key, or with a wrong one.</summary>
    ApiKey,

    /// <summary>No key is configured, and the request comes from elsewhere.</summary>
    NotLocal,

    /// <summary>A player's request without a token.</summary>
    NoToken,

    /// <summary>The token's time is over.</summary>
    ExpiredToken,

    /// <summary>The token is no token, was altered, or is for another content or address.</summary>
    WrongToken,

    /// <summary>Tokens are required, and the request does not tell a content.</summary>
    NoContent,

    /// <summary><c>url=</c> or <c>magnet=</c>, which is turned off.</summary>
    Selector,
}
