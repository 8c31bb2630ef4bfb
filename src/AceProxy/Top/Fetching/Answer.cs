namespace AceProxy.Top.Fetching;

/// <summary>What was asked for, or why not.</summary>
internal readonly record struct Answer<T>(T? Value, Trouble? Trouble)
    where T : class;
