namespace AceProxy.Upstream.Sessions;

/// <summary>What a session is opened for.</summary>
internal enum OpeningPurpose
{
    /// <summary>Nobody has seen anything yet: what an engine says of the content is the answer, and no other is asked.</summary>
    Start,

    /// <summary>The stream has played and has no session: it waits for slots ahead of all who stand in line.</summary>
    Recovery,

    /// <summary>The stream plays on meanwhile.</summary>
    Handover,
}
