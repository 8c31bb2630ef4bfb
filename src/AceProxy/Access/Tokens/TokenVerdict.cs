namespace AceProxy.Access.Tokens;

/// <summary>What a token is worth for one content and address.</summary>
internal enum TokenVerdict
{
    Valid,

    /// <summary>It was, until its time was over.</summary>
    Expired,

    /// <summary>It is no token of ours, or one for something else.</summary>
    Wrong,
}
