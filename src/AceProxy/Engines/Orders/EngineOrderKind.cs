namespace AceProxy.Engines.Orders;

/// <summary>What an operator may say of an engine.</summary>
internal enum EngineOrderKind
{
    /// <summary>It is there, and to be used.</summary>
    Registered,

    /// <summary>It is to be empty.</summary>
    Drained,
}
