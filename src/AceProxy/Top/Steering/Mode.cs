namespace AceProxy.Top.Steering;

/// <summary>What keys mean at the moment.</summary>
internal enum Mode
{
    Browsing,

    /// <summary>They are the filter's text.</summary>
    Filtering,

    /// <summary>Yes or no to an order.</summary>
    Asking,

    Help,
    Over,
}
