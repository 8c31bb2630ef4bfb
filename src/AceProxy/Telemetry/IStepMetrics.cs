namespace AceProxy.Telemetry;

/// <summary>The instruments of one step. Nobody may ever ask for those that only answer questions, so they are made at the start.</summary>
internal interface IStepMetrics;
